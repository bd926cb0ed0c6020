#version 330
// A textured card in the world.
in vec4 p3d_Vertex;
in vec2 p3d_MultiTexCoord0;
uniform mat4 p3d_ModelViewProjectionMatrix;
out vec2 atlas_uv;
out vec4 corner_tint;

void main() {
    atlas_uv = p3d_MultiTexCoord0;
    corner_tint = vec4(1.0);
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
}
